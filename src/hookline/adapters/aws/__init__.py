"""DynamoDB, SQS, Lambda, S3, SSM and Secrets Manager, through botocore's clients.

Nothing is exported here: each function imports only the modules that it needs, which keeps its cold start short.
``names`` imports no SDK.
"""
