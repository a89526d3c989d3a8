// The platform's OIDC issuer: oidc-provider, a certified OpenID Connect implementation, and none of
// Remit's code. Each agent of the platform is a client here; with its own credentials it gets an
// identity token for one audience, as a CI system or a cluster gives to its jobs.
import { generateKeyPairSync, randomUUID } from 'node:crypto';

import { Provider } from 'oidc-provider';

const port = Number(process.env.ISSUER_PORT);
const audience = process.env.ISSUER_AUDIENCE;
const clients = JSON.parse(process.env.ISSUER_CLIENTS); // [{ client_id, client_secret }]
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomUUID() };

const provider = new Provider(issuer, {
  jwks: { keys: [key] },
  clients: clients.map((client) => ({
    ...client,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        if (resource !== audience) throw new Error('unknown audience');
        return { scope: '', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
      },
    },
  },
  formats: {
    customizers: {
      // An identity token, as platforms issue them: typ JWT, the workload in `sub`.
      jwt: (_ctx, _token, parts) => {
        parts.header = { ...parts.header, typ: 'JWT' };
      },
    },
  },
  ttl: { ClientCredentials: 300 },
});

provider.listen(port, '127.0.0.1', () => console.log(`issuer ready at ${issuer}`));
