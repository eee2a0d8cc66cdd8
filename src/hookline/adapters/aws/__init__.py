"""DynamoDB, SQS, Lambda, S3, SSM and Secrets Manager, through botocore's clients.

Nothing is exported here: each function imports the modules it needs and pays for no other. ``names`` imports no SDK at all.
"""
