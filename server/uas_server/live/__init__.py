"""Live audio: sessions over WebSockets whose utterances become documents while they go on.

A session (`session`) belongs to one caller and outlives its connection for a while; a connection
(`connection`) brings it audio and takes its events. `desk` keeps the sessions of this process.
"""
