# wants: compile rego_parse_error|compile limit_depth|compile limit_size
# Metadata nested deeply.
package hostile

# METADATA
# custom: ⟦1000;[⟧⟦1000;]⟧
p if true
