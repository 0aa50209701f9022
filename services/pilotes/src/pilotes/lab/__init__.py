"""The place of coordinators: what happens in all pilots, and in one."""
