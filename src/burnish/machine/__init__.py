"""What this machine is: device, speed, memory, threads."""
