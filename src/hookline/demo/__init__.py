"""Generated traffic: ``hookline demo`` and ``hookline send`` sign, send and count deliveries with this package."""
