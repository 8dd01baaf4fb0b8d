# wants: undefined|compile limit_depth|compile rego_parse_error
# A path of many parts.
package hostile

p := input⟦5000;.a⟧
