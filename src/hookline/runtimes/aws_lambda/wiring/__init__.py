"""Opens the adapters of the AWS home: ``functions`` for Lambda, ``commands`` and ``queues`` for operators. No other code does."""
