"""The AWS home as a deployment: Pulumi components, the archives they deploy, and what it all will cost."""
