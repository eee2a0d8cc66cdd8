"""The AWS home: three Lambda functions over the same pipeline."""
