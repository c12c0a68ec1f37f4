"""What leaves by SMS and e-mail: whom it goes to, what it says, and the tasks that send it."""
