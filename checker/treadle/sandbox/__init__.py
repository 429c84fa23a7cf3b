"""The sandbox: separate copies of the modules under check, whose imports resolve to virtual stand-ins."""
