/** An OpenID provider of the tests' own: whoever comes is Olga, without a question. */
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";

const CLIENT = "chat"; // As tests/e2e/test_web.py tells the server.
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export async function startProvider(port: number): Promise<Server> {
  const issuer = `http://127.0.0.1:${port}`;
  const asked = new Map<string, URLSearchParams>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", issuer);
    if (pathname === "/authorize") {
      const code = `code-${asked.size}`;
      asked.set(code, searchParams);
      const back = new URL(searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", searchParams.get("state") ?? "");
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    const answers: Record<string, () => Promise<object>> = {
      "/.well-known/openid-configuration": async () => ({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
      }),
      "/jwks": async () => ({
        keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }],
      }),
      "/token": async () => tokenFor(issuer, asked, new URLSearchParams(await textOf(request))),
    };
    const answer = await answers[pathname]?.();
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

function tokenFor(issuer: string, asked: Map<string, URLSearchParams>, form: URLSearchParams) {
  const begun = asked.get(form.get("code") ?? "");
  const made = createHash("sha256").update(form.get("code_verifier") ?? "");
  if (begun?.get("code_challenge") !== made.digest("base64url")) return { error: "invalid_grant" };
  const now = Math.floor(Date.now() / 1000);
  const said = {
    iss: issuer,
    sub: "7f3a",
    aud: CLIENT,
    iat: now,
    exp: now + 300,
    nonce: begun.get("nonce"),
    preferred_username: "olga",
  };
  return { access_token: "none", token_type: "Bearer", id_token: signed(said) };
}

function signed(claims: object): string {
  const parts = [{ alg: "RS256", typ: "JWT", kid: "one" }, claims];
  const text = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${createSign("sha256").update(text).sign(privateKey, "base64url")}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
