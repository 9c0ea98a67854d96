"""The instances of the deployment, and the health of this one."""
