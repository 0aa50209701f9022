"""Imported first by a program: pauses the garbage collector while the program imports its modules.

Modules last as long as the process, and a thousand of them are half a million objects, which the
collector would search hundreds of times: a sixth of the processor time that importing takes.
`socle.service.run` resumes it, or `resume_collector`.
"""

import gc

gc.disable()
