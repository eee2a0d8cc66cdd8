"""The recorded graph of AWS resources as Terraform's JSON, judged by the real AWS provider where one is at hand."""
