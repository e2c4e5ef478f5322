"""What a report says, whatever the medium: blocks of runs that hold values. How they look is a writer's matter."""
