"""What a test of a certain kind concludes: values in, values out."""
