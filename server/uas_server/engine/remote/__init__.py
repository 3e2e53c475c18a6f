"""The engine whose model runs elsewhere: servers that speak OpenAI's chat API and hear audio.

breaker.py, router.py   which back end gets a request
dialect.py, prompt.py   what is sent to it
upstream.py, sse.py     how it is sent, and tried again elsewhere
automaton.py, reader.py whether an answer keeps to its grammar
walk.py, ratings.py     how a generation becomes requests
engine.py               the engine around them
fake.py, transport.py   a back end without a model, in this process
"""
