"""What every network can do besides its loss: answer, be measured, saved and shown."""
