"""`uas eval judge`: a language model says how far the free text of documents says what is true."""
