"""The homes: each turns its own kind of HTTP into a Request, and does the reading and writing that the core needs."""
