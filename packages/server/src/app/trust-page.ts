import type { FastifyInstance } from 'fastify';
import { page } from '../docs/html.js';
import { pageHeaders } from '../http/security-headers.js';

/** `/app/ca.crt`: the server's own authority, and `/app/trust`: how a device comes to trust it. Both also without TLS. */
export function registerTrust(fastify: FastifyInstance, authorityPem: () => string): void {
  fastify.get('/app/ca.crt', async (_, reply) => {
    reply.type('application/x-x509-ca-cert').header('content-disposition', 'attachment; filename="maru-ca.crt"');
    return authorityPem();
  });
  fastify.get('/app/trust', async (request, reply) => {
    reply.headers(pageHeaders(request.headers.host)).type('text/html; charset=utf-8');
    return page('Trust this Maru', BODY);
  });
}

const BODY = `<h1>Trust this Maru</h1>
<p>Browsers give cameras and microphones to secure pages only. This server made a certificate for itself, which no browser knows:
either go on past its warning, each time, or trust the server's own authority once on each device.</p>
<p>It can vouch for this server's names and for addresses of private networks, and for no other site. Its key never leaves the server.</p>
<p><a href="/app/ca.crt">Download the authority's certificate</a></p>
<h2>iPhone, iPad</h2>
<p>Open the download in Safari and allow the profile. Then Settings, General, VPN &amp; Device Management: install it.
Then Settings, General, About, Certificate Trust Settings: switch it on.</p>
<h2>Android</h2>
<p>Settings, search for "CA certificate", Install anyway, and choose the download. (Chrome accepts it. Firefox: Settings, About Firefox, tap the logo
five times, then Secret Settings: use third party CA certificates.)</p>
<h2>Windows</h2>
<p>Open the download, Install Certificate, Current User, place it in "Trusted Root Certification Authorities".</p>
<h2>macOS</h2>
<p>Open the download in Keychain Access, find the Maru authority, and set Trust to "Always Trust".</p>
<h2>Linux</h2>
<pre>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n maru -i maru-ca.crt   # Chrome, Chromium
sudo cp maru-ca.crt /usr/local/share/ca-certificates/ &amp;&amp; sudo update-ca-certificates   # curl and others</pre>
<h2>Firefox on a computer</h2>
<p>Settings, Privacy &amp; Security, View Certificates, Authorities, Import: trust it to identify websites.</p>
<p class="soft">To be rid of all this, give the server a certificate that browsers know: <code>maru start --cert FILE --key FILE</code>.</p>`;
