// stands for the target until its first file is here
