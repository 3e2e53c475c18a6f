"""What comes out: shards of records with their sound, in the formats that trainers read."""
