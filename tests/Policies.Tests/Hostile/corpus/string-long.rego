# wants: ok
# A text of a hundred thousand characters.
package hostile

p if count("⟦100000;a⟧") == 100000
