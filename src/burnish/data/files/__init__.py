"""What every export is read from: folders, archives and files as streams, with each fault named."""
