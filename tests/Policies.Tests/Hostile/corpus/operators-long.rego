# wants: ok|limit_depth|compile limit_depth|compile rego_parse_error|compile limit_size
# A sum of many terms.
package hostile

p if 1⟦3000; + 1⟧ == 3001
