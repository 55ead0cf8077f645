"""The recogniser of the offline set: Whisper's architecture, small, on windows of ten seconds."""
