"""Recognition, speech and a rule-based dialogue on this machine, behind OpenAI's own HTTP API on loopback.

One process per machine (`python -m embedded --data-dir DIR`). Nothing else in the product imports this
package: the GPL speech engines are loaded here and nowhere else, and any OpenAI-compatible endpoint can
replace the process by its URL.
"""
