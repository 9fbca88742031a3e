"""How sound becomes words and back: one Pipecat pipeline per call."""
