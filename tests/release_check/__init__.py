"""What has to hold before a version is published: ``make release-check`` runs this, and docs/explanation/releasing.md explains it."""
