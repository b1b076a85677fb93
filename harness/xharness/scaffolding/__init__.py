"""New plugin packages, written from templates: they install, and pass their own tests, before anything is filled in."""
