"""What the scripted newcomer pastes and reads, and the repository that is switched."""
