# wants: limit_size
# Many wide columns.
package hostile

p := count(sprintf("⟦400;%9999d⟧", [⟦399;1, ⟧1]))
