import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMultipart;
import javax.mail.util.ByteArrayDataSource;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMECompressed;
import org.bouncycastle.mail.smime.SMIMECompressedGenerator;
import org.bouncycastle.mail.smime.SMIMEEnveloped;
import org.bouncycastle.mail.smime.SMIMEEnvelopedGenerator;
import org.bouncycastle.mail.smime.SMIMESigned;
import org.bouncycastle.mail.smime.SMIMESignedGenerator;

/**
 * Bouncy Castle's S/MIME for the tests of AS2: a line on standard input asks, a line on standard output answers, for as long as there are
 * lines. Words are parted by a blank; bytes are in base64; `-` is nothing. Layers are named from the inside outward, parted by commas.
 *
 *   know NAME CERTIFICATE KEY                          whose certificate and key (PKCS #8) these are, in DER
 *   pack LAYERS ENCODING SIGNER RECIPIENT ENTITY       answers: MESSAGE MIC
 *   bomb LAYERS ENCODING SIGNER RECIPIENT SIZE         the same of so many zeros, made here
 *   unpack SIGNER RECIPIENT MESSAGE                    answers: LAYERS MIC ENTITY CONTENT, without its transfer encoding
 *
 * An answer begins with `ok`, or with `no` where something was thrown: what it was follows. The check of integrity (MIC) is SHA-256 over
 * what was signed, and where nothing was over the innermost entity with its header (RFC 5402, 4).
 */
public final class Peer {
  private static final BouncyCastleProvider provider = new BouncyCastleProvider();
  private static final Map<String, ASN1ObjectIdentifier> ciphers =
      Map.of("aes128", CMSAlgorithm.AES128_CBC, "aes256", CMSAlgorithm.AES256_CBC, "3des", CMSAlgorithm.DES_EDE3_CBC);

  private record Party(X509Certificate certificate, PrivateKey key) {}

  private final Map<String, Party> parties = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    Security.addProvider(provider);
    Peer peer = new Peer();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String answer;
      try {
        answer = "ok " + String.join(" ", peer.answer(line.split(" ")));
      } catch (Exception | LinkageError thrown) {
        answer = "no " + thrown.toString().replaceAll("\\s+", " ");
      }
      out.println(answer);
    }
  }

  private List<String> answer(String[] words) throws Exception {
    switch (words[0]) {
      case "know":
        return know(words[1], decoded(words[2]), decoded(words[3]));
      case "pack":
        return pack(words[1], words[2], parties.get(words[3]), parties.get(words[4]), decoded(words[5]));
      case "bomb":
        return pack(words[1], words[2], parties.get(words[3]), parties.get(words[4]), zeros(Integer.parseInt(words[5])));
      case "unpack":
        return unpack(parties.get(words[1]), parties.get(words[2]), decoded(words[3]));
      default:
        throw new IllegalArgumentException(words[0]);
    }
  }

  private List<String> know(String name, byte[] certificate, byte[] key) throws Exception {
    X509Certificate read = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
    parties.put(name, new Party(read, KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key))));
    return List.of(name);
  }

  private static List<String> pack(String layers, String encoding, Party signer, Party recipient, byte[] entity) throws Exception {
    byte[] message = entity;
    byte[] mic = sha256(entity);
    for (String layer : layers.equals("-") ? new String[0] : layers.split(",")) {
      MimeBodyPart part = read(message);
      if (layer.equals("compress")) {
        SMIMECompressedGenerator generator = new SMIMECompressedGenerator();
        generator.setContentTransferEncoding(encoding);
        message = written(generator.generate(part, new ZlibCompressor()));
      } else if (layer.equals("sign")) {
        SMIMESignedGenerator generator = new SMIMESignedGenerator("binary");
        generator.addSignerInfoGenerator(
            new JcaSimpleSignerInfoGeneratorBuilder().setProvider(provider).build("SHA256withRSA", signer.key, signer.certificate));
        MimeMultipart signed = generator.generate(part);
        MimeBodyPart holder = new MimeBodyPart();
        holder.setContent(signed);
        holder.setHeader("Content-Type", signed.getContentType());
        message = written(holder);
        mic = (byte[]) generator.getGeneratedDigests().get(CMSAlgorithm.SHA256.getId());
      } else {
        SMIMEEnvelopedGenerator generator = new SMIMEEnvelopedGenerator();
        generator.setContentTransferEncoding(encoding);
        generator.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(recipient.certificate).setProvider(provider));
        message = written(generator.generate(part, new JceCMSContentEncryptorBuilder(ciphers.get(layer)).setProvider(provider).build()));
      }
    }
    return List.of(encoded(message), encoded(mic));
  }

  private static List<String> unpack(Party signer, Party recipient, byte[] message) throws Exception {
    List<String> layers = new ArrayList<>();
    byte[] mic = null;
    byte[] entity = message;
    MimeBodyPart part = read(message);
    for (; ; part = read(entity)) {
      if (part.isMimeType("multipart/signed")) {
        byte[] body = part.getRawInputStream().readAllBytes();
        SMIMESigned signed = new SMIMESigned(new MimeMultipart(new ByteArrayDataSource(body, part.getContentType())), "binary");
        layers.add("sign");
        byte[] digest = verified(signed, signer);
        if (mic == null) mic = digest;
        entity = written(signed.getContent());
      } else if (part.isMimeType("application/pkcs7-mime")) {
        ASN1ObjectIdentifier kind = ContentInfo.getInstance(part.getInputStream().readAllBytes()).getContentType();
        if (kind.equals(CMSObjectIdentifiers.compressedData)) {
          layers.add("compress");
          entity = new SMIMECompressed(part).getContent(new ZlibExpanderProvider());
        } else {
          SMIMEEnveloped enveloped = new SMIMEEnveloped(part);
          layers.add(named(enveloped.getEncryptionAlgOID()));
          JceKeyTransEnvelopedRecipient opener = new JceKeyTransEnvelopedRecipient(recipient.key);
          opener.setProvider(provider);
          entity = enveloped.getRecipientInfos().get(new JceKeyTransRecipientId(recipient.certificate)).getContent(opener);
        }
      } else break;
    }
    Collections.reverse(layers);
    byte[] content = part.getInputStream().readAllBytes();
    return List.of(
        layers.isEmpty() ? "-" : String.join(",", layers), encoded(mic == null ? sha256(entity) : mic), encoded(entity), encoded(content));
  }

  /** The digest of the content, where every signature over it is that of the signer. */
  private static byte[] verified(SMIMESigned signed, Party signer) throws Exception {
    byte[] digest = null;
    for (SignerInformation each : signed.getSignerInfos().getSigners()) {
      if (!each.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(provider).build(signer.certificate)))
        throw new IllegalStateException("the signature is not that of the signer");
      digest = each.getContentDigest();
    }
    if (digest == null) throw new IllegalStateException("it has no signer");
    return digest;
  }

  private static String named(String oid) {
    for (Map.Entry<String, ASN1ObjectIdentifier> cipher : ciphers.entrySet()) if (cipher.getValue().getId().equals(oid)) return cipher.getKey();
    return oid;
  }

  private static byte[] zeros(int size) {
    byte[] header = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    return Arrays.copyOf(header, header.length + size);
  }

  private static MimeBodyPart read(byte[] entity) throws Exception {
    return new MimeBodyPart(new ByteArrayInputStream(entity));
  }

  private static byte[] written(MimeBodyPart part) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    part.writeTo(out);
    return out.toByteArray();
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  private static byte[] decoded(String word) {
    return Base64.getDecoder().decode(word);
  }

  private static String encoded(byte[] bytes) {
    return bytes.length == 0 ? "-" : Base64.getEncoder().encodeToString(bytes);
  }
}
