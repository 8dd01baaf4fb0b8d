# wants: compile rego_compile_error|undefined|ok|compile limit_depth|limit_depth
# A package of many parts.
package hostile⟦5000;.a⟧

p := 1
