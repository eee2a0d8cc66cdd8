"""Traffic made on purpose: what ``hookline demo`` and ``hookline send`` sign, send and count."""
