"""What a learner sees step by step: pure logic on real numbers, without a window."""
