//! Vectors of others, for the steps that ours are made of.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{PrivateKey, agree},
    key_wrap::AES_128,
};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// What the two agree on.
fn shared(private: &[u8], public: &[u8]) -> Vec<u8> {
    let private = PrivateKey::from_private_key(&ECDH_P256, private).unwrap();
    agree(&private, public_key(public).unwrap(), (), |shared| Ok(shared.to_vec())).unwrap()
}

/// RFC 7518, appendix C: Alice's key for one message, Bob's key, and the text with its `SuppPubInfo`, which we leave out.
#[test]
fn what_is_derived_is_what_json_web_algorithms_derive() {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let alice = decode("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
    let bob = [
        vec![UNCOMPRESSED],
        decode("weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"),
        decode("e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"),
    ];

    let shared = shared(&alice, &bob.concat());

    assert_eq!(hex(&shared), "009E56D91D817135D372834283BF84269CFB316EA3DA806A48F6DAA7798CFE90C4");
    let info = [with_length(b"A128GCM"), with_length(b"Alice"), with_length(b"Bob"), 128u32.to_be_bytes().to_vec()];
    let derived = concat_kdf::<16>(&shared, &info.concat()).unwrap();
    assert_eq!(derived.as_slice(), decode("VqqN6vgjbSBcIijNcacQGg"));
}

/// RFC 3394 §4.6: 256 bits of key under 256 bits.
#[test]
fn a_key_is_wrapped_as_its_specification_wraps_it() {
    let kek: Vec<u8> = (0..32).collect();
    let key = [&(0..16).map(|i| i * 0x11).collect::<Vec<u8>>()[..], &(0..16).collect::<Vec<u8>>()[..]].concat();
    let mut wrapped = [0; 40];

    AesKek::new(&AES_256, &kek).unwrap().wrap(&key, &mut wrapped).unwrap();

    let expected = "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21";
    assert_eq!(hex(&wrapped), format!("00{expected}"));
}

/// From the W3C's "Test Cases for XML Encryption 1.1" (2012), `EC-P256__aes128-gcm__kw-aes128__ECDH-ES__ConcatKDF`: a sender who
/// says nothing of the two parties but a random `PartyUInfo`, and wraps with 128 bits.
#[test]
fn a_message_of_the_w3c_opens_step_by_step() {
    let decode = |text: &str| STANDARD.decode(text).unwrap();
    let recipient = decode("GdV0K3KHNAiLynXpyXDnLF4Pqc+WufBjYsvhDGS0HOY=");
    let originator = decode("BGoi18CKzCb0K8RTLj0pEFAj2MWDDilMemPZWlOIxS1WbAiR7UrhIstegXjYfIBEYXmnXZFEx/1Ns+yakYTm/B8=");
    let info = decode("ueE6cMNe3LO2b9qGtImJQg==");

    let kek = concat_kdf::<16>(&shared(&recipient, &originator), &info).unwrap();
    let mut key = [0; 24];
    let kek = AesKek::new(&AES_128, kek.as_slice()).unwrap();
    let key = kek.unwrap(&decode("siDzcILUgIu6AKWiL9RsCNgeEWB4aluj"), &mut key).unwrap();

    let content = decode(CONTENT);
    let (nonce, sealed) = content.split_at(NONCE_LEN);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap());
    let mut sealed = sealed.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    let plain = key.open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
    assert!(plain.starts_with(b"<PurchaseOrder xmlns=\"urn:example:po\">"));
}

#[test]
fn a_point_that_is_not_of_the_curve_is_no_key() {
    let good = STANDARD
        .decode("BGoi18CKzCb0K8RTLj0pEFAj2MWDDilMemPZWlOIxS1WbAiR7UrhIstegXjYfIBEYXmnXZFEx/1Ns+yakYTm/B8=")
        .unwrap();
    assert!(public_key(&good).is_some());
    let changed = |at: usize, to: u8| {
        let mut point = good.clone();
        point[at] = to;
        point
    };
    // Beside the curve; the origin; another mark; both forms of infinity; a coordinate beyond the field; compressed.
    let beyond = [&[UNCOMPRESSED][..], &[0xff; 64]].concat();
    let origin = [&[UNCOMPRESSED][..], &[0; 64]].concat();
    let compressed = [&[3][..], &good[1..33]].concat();
    for bad in [changed(64, 0x1e), changed(0, 0), origin, vec![0; 65], vec![0], beyond, compressed, vec![]] {
        assert!(public_key(&bad).is_none(), "{bad:?}");
    }
}

/// XML Encryption 1.1 §5.4.1: the first octet counts bits of padding.
#[test]
fn a_string_of_bits_is_written_with_its_padding_counted() {
    assert_eq!(hex(&with_length(b"\x9f?")), "00000000029F3F");
    assert_eq!(hex(&[]), "00");
}

const CONTENT: &str = "\
    NUX+O05xmL+lwAAHOvHZmBGtrE/h1yKfG2HlLDfRwr8D7op+l4poX+nYRLDkjd2cedYpgoY9JI54G8i0vXHdK901RkjFIkVjl67VtqD7gB5XOHodoDhb8Mvk\
    Nc36cYEmuYPigTaIXyP5Ej4B89VmbVXAf7Ap3rPGvTvKoUltJ99uFB3vtTWx9pjBnKX58l+yJQNsQeF90VFI+XyDqfXz2c4Zry1RyDoyE7ODGQ3NJLaKmVbN\
    un+F+AgPuCvVbvGHMHz9AdKAJhukj/D0NbZUWZgrN42feXp6c3WY5Hv+xdkvi3Xa64RgADMWDBoeJfC2dB3WFxqa5hHjz/yVlJd6ia00RHf+2mLZ/kkbwp3p\
    cBTDTpzkiKdLq082pvGcPNuwBSZ4CSZ1CIruhxtNKjaU1sh5hoM8WyH2poefbc3ocQPMBWOAK8VgRNLUc3zIusNMTak+9LTh4qc7aIKUfi43gGGb1V/lbnFh\
    hCrAWM9ZMt9D3uxjiKPNJG/VVySUlJbZOwgzHxS7k9g0lsr+CvU1tu5WjsAN5V5GcGHMmtw/o2fDwl0ctaL7YmDaWDn6EabWjZkPqchBoAWYUXEqCypu7Ty3\
    uXxeynZii/f/6qarzmTGIqGjXdIGdSWsxv1RoiPoZfZAFPdRjoXK7GxkwmTJk2rIgcCK6CfSSsfT++L6qORE2OSHgcgfX1W0Kv6FyXlJVlzH4o0iIbw7s2L+\
    0ITrDLFAVcBwqmj8QFv9BcaEmP2jYni6BJgPGKqTaiMfda6C+k/sNV3OAjJgvinzhPbx7TI4MrdoDSKqSOLttojVE/c7WEg=";
