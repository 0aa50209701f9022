"""The indicators: figures of what happened and of what is offered, with charts."""
