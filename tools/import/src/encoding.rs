//! Tells in which encoding a file is that is not UTF-8, so that a message can say how to convert it.

/// The encoding of the bytes, if they are plainly of another one than UTF-8; its name is one that `iconv` knows.
pub(crate) fn other_than_utf8(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some("UTF-16");
    }
    (std::str::from_utf8(bytes).is_err() && is_gbk(bytes)).then_some("GBK")
}

/// Is every byte beyond ASCII in a pair that GBK has, and most of these pairs among the characters in common use?
///
/// The common ones, those of GB 2312, are two bytes from 0xa1 up; in other encodings a byte beyond ASCII mostly stands
/// beside a letter. Chinese Windows and its Excel save tables so.
fn is_gbk(bytes: &[u8]) -> bool {
    let (mut pairs, mut common) = (0_u64, 0_u64);
    let mut rest = bytes.iter();
    while let Some(&lead) = rest.by_ref().find(|byte| !byte.is_ascii()) {
        let Some(&trail) = rest.next() else { return false };
        if !(0x81..=0xfe).contains(&lead) || !(0x40..=0xfe).contains(&trail) || trail == 0x7f {
            return false;
        }
        pairs += 1;
        common += u64::from(lead >= 0xa1 && trail >= 0xa1);
    }
    common * 2 > pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gbk_and_utf16_are_told_from_utf8_and_from_broken_text() {
        // 名称,经度 and 深圳 in GBK.
        assert_eq!(other_than_utf8(b"\xc3\xfb\xb3\xc6,\xbe\xad\xb6\xc8\n\xc9\xee\xdb\xda,114\n"), Some("GBK"));
        assert_eq!(other_than_utf8("名称,经度\n深圳,114\n".as_bytes()), None);
        assert_eq!(other_than_utf8(b"name,lon\n"), None);
        assert_eq!(other_than_utf8(b"\xff\xfen\0a\0"), Some("UTF-16"));
        // Latin-1, a pair cut off at the end, and a byte that nothing begins with.
        assert_eq!(other_than_utf8(b"f\xe4st,h\xf6he\n"), None);
        assert_eq!(other_than_utf8(b"\xc9\xee\xdb"), None);
        assert_eq!(other_than_utf8(b"5,\xff\n"), None);
    }
}
