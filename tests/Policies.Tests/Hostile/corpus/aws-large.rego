# wants: limit_size|limit_steps|limit_memory|undefined
# A request of a million characters is signed.
package hostile

t := concat("", ["0123456789" | some _ in numbers.range(1, 200000)])
p := providers.aws.sign_req({"method": "get", "url": "https://example.com", "raw_body": t}, {"aws_service": "s3", "aws_access_key": "a", "aws_secret_access_key": "b", "aws_region": "c"}, 1)
