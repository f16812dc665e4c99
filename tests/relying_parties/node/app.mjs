/**
 * A relying party on openid-client: a program of its own that knows nothing of the portal but its address.
 *
 * It is registered (CLIENT_ID, CLIENT_SECRET), or registers itself with the metadata in REGISTRATION; what it does is
 * what it is registered for: pushed and signed requests, DPoP, signed answers, encrypted tokens.
 */
import { createServer } from "node:http";
import { Readable } from "node:stream";
import * as openid from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REGISTRATION, INITIAL_ACCESS_TOKEN, PORT } = process.env;
const BASE = `http://127.0.0.1:${PORT}`;
const insecure = { execute: [openid.allowInsecureRequests] };

const signing = await newKeys({ name: "ECDSA", namedCurve: "P-256" }, ["sign", "verify"]);
const decrypting = await newKeys({ name: "ECDH", namedCurve: "P-256" }, ["deriveBits"]);
const config = REGISTRATION ? await register(JSON.parse(REGISTRATION)) : await registered();
const client = config.clientMetadata();
// every signature is verified, also of what came straight from the portal
openid.enableNonRepudiationChecks(config);
if (client.id_token_encrypted_response_alg)
  openid.enableDecryptingResponses(config, ["A256GCM"], { key: decrypting.privateKey, kid: "dec" });
if (client.authorization_signed_response_alg) openid.useJwtResponseMode(config);
if (client.response_types?.includes("code id_token")) openid.useCodeIdTokenResponseType(config);
const proofs = client.dpop_bound_access_tokens
  ? { DPoP: openid.getDPoPHandle(config, await openid.randomDPoPKeyPair("ES256")) }
  : {};

/** This program has one visitor. */
let kept = {};

const pages = {
  /** What the library has verified and what the app learned by it. */
  "/": () => ({ signed_in: "claims" in kept, claims: kept.claims ?? null, error: kept.error ?? null }),
  "/client": () => client,
  "/login": async (query) => {
    const verifier = openid.randomPKCECodeVerifier();
    const [state, nonce] = [openid.randomState(), openid.randomNonce()];
    kept = { checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } };
    return redirectTo(
      await authorizationUrl({
        redirect_uri: `${BASE}/callback`,
        scope: client.scope,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
        nonce,
        ...Object.fromEntries(query),
      }),
    );
  },
  "/callback": async (_, answer) => {
    try {
      const tokens = await openid.authorizationCodeGrant(config, answer, kept.checks, undefined, proofs);
      kept = { tokens, claims: tokens.claims(), hint: readable(tokens) };
    } catch (problem) {
      if (!(problem instanceof openid.AuthorizationResponseError)) throw problem;
      kept = { error: problem.error };
    }
    return redirectTo(new URL(BASE));
  },
  "/tokens": () => ({ type: kept.tokens.token_type, encrypted: kept.hint !== kept.tokens.id_token }),
  "/userinfo": () => openid.fetchUserInfo(config, kept.tokens.access_token, kept.claims.sub, proofs),
  "/refresh": async () => {
    const before = kept.tokens;
    kept.tokens = await openid.refreshTokenGrant(config, before.refresh_token, undefined, proofs);
    return { scope: kept.tokens.scope, is_new: kept.tokens.refresh_token !== before.refresh_token };
  },
  "/introspect": () => openid.tokenIntrospection(config, kept.tokens.access_token),
  "/revoke": async () => {
    await openid.tokenRevocation(config, kept.tokens.refresh_token);
    return { active: (await openid.tokenIntrospection(config, kept.tokens.refresh_token)).active };
  },
  /** The app for itself. */
  "/machine": async () => {
    const tokens = await openid.clientCredentialsGrant(config, undefined, proofs);
    return openid.tokenIntrospection(config, tokens.access_token);
  },
  "/device": async () => {
    kept = { device: await openid.initiateDeviceAuthorization(config, { scope: client.scope }) };
    return kept.device;
  },
  /** After the person has allowed it: nothing is to be waited for. */
  "/device/finish": async () => {
    const device = { ...kept.device, interval: 0 };
    const tokens = await openid.pollDeviceAuthorizationGrant(config, device, undefined, proofs);
    kept = { tokens, claims: tokens.claims() };
    return { type: tokens.token_type, claims: kept.claims };
  },
  "/logout": () => {
    const asked = { post_logout_redirect_uri: `${BASE}/left`, id_token_hint: kept.hint };
    kept = { state: (asked.state = openid.randomState()) };
    return redirectTo(openid.buildEndSessionUrl(config, asked));
  },
  /** Where the portal leads back to. */
  "/left": (query) => ({ left: query.get("state") === kept.state }),
};

async function authorizationUrl(parameters) {
  if (client.authorization_signed_response_alg) parameters.response_mode = "jwt";
  let url = client.require_signed_request_object
    ? await openid.buildAuthorizationUrlWithJAR(config, parameters, { key: signing.privateKey, kid: "sig" })
    : openid.buildAuthorizationUrl(config, parameters);
  if (client.require_pushed_authorization_requests)
    url = await openid.buildAuthorizationUrlWithPAR(config, url.searchParams, proofs);
  return url;
}

function registered() {
  const metadata = { client_secret: CLIENT_SECRET, scope: "openid profile email offline_access groups" };
  const proof = openid.ClientSecretBasic(CLIENT_SECRET);
  return openid.discovery(new URL(ISSUER), CLIENT_ID, metadata, proof, insecure);
}

async function register(wish) {
  const keys = [await published(signing, "sig"), await published(decrypting, "enc", "dec")];
  const proof = openid.PrivateKeyJwt({ key: signing.privateKey, kid: "sig" });
  const options = { ...insecure, initialAccessToken: INITIAL_ACCESS_TOKEN };
  return openid.dynamicClientRegistration(new URL(ISSUER), { ...wish, jwks: { keys } }, proof, options);
}

function newKeys(algorithm, uses) {
  return crypto.subtle.generateKey(algorithm, true, uses);
}

async function published(pair, use, kid = use) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty, crv, x, y, use, kid };
}

/** The ID token as the portal can read it: what was encrypted to the app goes back without that. */
function readable(tokens) {
  return openid.getDecryptedResponses(tokens)?.id_token?.token_endpoint ?? tokens.id_token;
}

function redirectTo(url) {
  return { location: url.href };
}

/** A form that the browser has posted, as the library reads it. */
function posted(url, request) {
  const headers = { "content-type": request.headers["content-type"] };
  return new Request(url, { method: "POST", headers, body: Readable.toWeb(request), duplex: "half" });
}

async function answer(request, response) {
  const url = new URL(request.url, BASE);
  const page = pages[url.pathname];
  try {
    const told = page ? await page(url.searchParams, request.method === "POST" ? posted(url, request) : url) : undefined;
    if (told?.location) response.writeHead(302, { location: told.location }).end();
    else response.writeHead(page ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(told));
  } catch (problem) {
    console.error(problem);
    const { name, message, code, error, error_description, status } = problem;
    const cause = String(problem.cause?.message ?? "");
    response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ name, message, code, error, error_description, status, cause }));
  }
}

createServer(answer).listen(Number(PORT), "127.0.0.1");
