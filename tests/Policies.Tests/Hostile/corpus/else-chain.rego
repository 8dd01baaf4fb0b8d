# wants: ok|limit_depth|compile limit_depth|compile rego_parse_error
# An `else` chain of five thousand.
package hostile

p := 0 if input.x == 0
#> 5000 else := $n if input.x == $n
else := "last" if true
