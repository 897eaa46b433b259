"""CIFAR-10 as a solver's data."""

from nndl.checks.data import check_cifar10
from nndl.data.cifar10_files import class_names, find_or_fetch, read_all
from nndl.data.dataset import Dataset, as_data
from nndl.data.provenance import cifar10_provenance
from nndl.internal.types import FilePath


def get_CIFAR10_data(
    num_training: int = 49000,
    num_validation: int = 1000,
    num_test: int = 1000,
    subtract_mean: bool = True,
    download: bool = False,
    root: FilePath | None = None,
    verbose: bool = True,
) -> Dataset:
    """CIFAR-10 as a solver's data: 60,000 color images of 32 by 32 pixels, ten classes.

    The images are looked for in the folder that the environment variable ``NNDL_DATA`` names,
    then in the user's cache. They may be the binary or the Python batches. Each file is checked,
    and a printed line says what they are.

    Parameters
    ----------
    num_training : int, optional
        Number of training images: the first ones of the training batches.
    num_validation : int, optional
        Number of validation images: those after them.
    num_test : int, optional
        Number of test images: the first ones of the test batch.
    subtract_mean : bool, optional
        Whether to subtract the mean image of the training part from every image.
    download : bool, optional
        Whether to fetch the official archive, 170 MB, into the cache if there are no images.
    root : path, optional
        A folder to look in instead, and nowhere else; nothing is fetched into it.
    verbose : bool, optional
        Whether to print what the images are.

    Returns
    -------
    dict
        - **X_train**, **X_val**, **X_test** -- float32, shape (N, 3, 32, 32): 0 to 255, not
          scaled, before the mean is subtracted.
        - **y_train**, **y_val**, **y_test** -- int64, shape (N,): 0 to 9.

        Not among the keys, over which the course's notebooks loop, but there:

        - **mean_image** -- float32, shape (3, 32, 32): what was subtracted; zeros if nothing was.
        - **provenance** -- str: what the images are, in one line. Hashes tell the official
          files and a known copy that was recompressed as JPEG from other ones.
        - **classes** -- list of str: the names of the ten classes.

    Raises
    ------
    FileNotFoundError
        There are no images. It says where this looked, and the two ways to get them.
    ConnectionError
        The archive could not be fetched.
    TypeError
        An argument is not one of these.
    ValueError
        A file is damaged, which it names; or there are fewer images than asked for.
    """
    function = "get_CIFAR10_data"
    counts = {"num_training": num_training, "num_validation": num_validation, "num_test": num_test}
    check_cifar10(function, counts, subtract_mean, download, verbose)
    files = find_or_fetch(function, root, download)
    X, y, X_test, y_test, hashes = read_all(files)
    num_training, num_validation, num_test = map(int, counts.values())
    asked, there = num_training + num_validation, files[0].parent
    if asked > len(y):
        came = f"num_training + num_validation is {asked}"
        raise ValueError(f"{function}: {came}, expected at most {len(y)}: all that {there} has")
    if num_test > len(y_test):
        came = f"num_test is {num_test}, expected at most {len(y_test)}"
        raise ValueError(f"{function}: {came}: all that {files[-1]} has")
    source = cifar10_provenance(there, hashes)
    if verbose:
        print(source)
    train = X[:num_training], y[:num_training]
    val = X[num_training:asked], y[num_training:asked]
    test = X_test[:num_test], y_test[:num_test]
    about = {"provenance": source, "classes": class_names(there)}
    return as_data(train, val, test, scale=1, subtract_mean=subtract_mean, **about)
