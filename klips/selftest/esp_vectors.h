/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Published test vectors, in hexadecimal. The draft is the companion that RFC 4106 and RFC 4543 have their
 * vectors in; its GMAC is the last of its kind. RFC 4309 has none, and no other publication of CCM has
 * nonces of 11 bytes with as little to authenticate as ESP: its results were computed with OpenSSL 3. HMAC's messages begin
 * with what is taken for SPI and sequence number here; with ESN they end with the upper half of the number, which is
 * where RFC 4303 2.2.1 has it.
 */
struct vector {
	const char *source;
	const char *alg;
	const char *ekey;		/* with the salt */
	const char *akey;
	u32 spi;
	u64 seq;
	bool esn;
	const char *iv;
	const char *payload;
	bool trailer;			/* the packet is whole, ours to pad; else @payload is encrypted as it is */
	u8 next;			/* next header, with a trailer */
	const char *cipher;
	const char *icv;		/* NULL: not published */
};

static const struct vector vectors[] = {
	{
		.source = "RFC 3602 4, case 5",
		.alg = "aes128-sha1",
		.ekey = "90d382b410eeba7ad938c46cec1a82bf",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00004321,
		.seq = 0x1,
		.iv = "e96e8c08ab465763fd098d45dd3ff893",
		.payload = "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f1011121314151617"
			  "18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 1,
		.cipher = "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856"
			  "a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874a"
			  "a269add047ad2d5913ac19b7cfbad4a6",
	},
	{
		.source = "RFC 3602 4, case 7",
		.alg = "aes128-sha2_512",
		.ekey = "0123456789abcdef0123456789abcdef",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
			  "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00008765,
		.seq = 0x2,
		.iv = "f4e765244f6407adf13dc1380f673f37",
		.payload = "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d"
			  "02a2040008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			  "2425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 4,
		.cipher = "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8"
			  "e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5"
			  "c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d",
	},
	{
		.source = "NIST SP 800-38A F.2.3",
		.alg = "aes192-sha2_384",
		.ekey = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
			  "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "000102030405060708090a0b0c0d0e0f",
		.payload = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
			  "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
		.cipher = "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
			  "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
	},
	{
		.source = "NIST SP 800-38A F.2.5",
		.alg = "aes256-sha2_256",
		.ekey = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "000102030405060708090a0b0c0d0e0f",
		.payload = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
			  "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
		.cipher = "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
			  "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
	},
	{
		.source = "NIST CAVP TCBCMMT3, encrypt 0",
		.alg = "3des-sha1",
		.ekey = "627f460e08104a1043cd265d5840eaf1313edf97df2a8a8c",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "8e29f75ea77e5475",
		.payload = "326a494cd33fe756",
		.cipher = "b22b8d66de970692",
	},
	{
		.source = "RFC 3686 6, vector 1",
		.alg = "aes_ctr128-sha1",
		.ekey = "ae6852f8121067cc4bf7a5765577f39e00000030",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "0000000000000000",
		.payload = "53696e676c6520626c6f636b206d7367",
		.cipher = "e4095d4fb7a7b3792d6175a3261311b8",
	},
	{
		.source = "RFC 3686 6, vector 2",
		.alg = "aes_ctr128-sha2_256",
		.ekey = "7e24067817fae0d743d6ce1f32539163006cb6db",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "c0543b59da48d90b",
		.payload = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		.cipher = "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28",
	},
	{
		.source = "RFC 3686 6, vector 4",
		.alg = "aes_ctr192-sha2_384",
		.ekey = "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
			  "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "36733c147d6d93cb",
		.payload = "53696e676c6520626c6f636b206d7367",
		.cipher = "4b55384fe259c9c84e7935a003cbe928",
	},
	{
		.source = "RFC 3686 6, vector 7",
		.alg = "aes_ctr256-sha2_512",
		.ekey = "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c104"
			  "00000060",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
			  "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x00001000,
		.seq = 0x1,
		.iv = "db5672c97aa8f0b2",
		.payload = "53696e676c6520626c6f636b206d7367",
		.cipher = "145ad01dbf824ec7560863dc71e3e0c0",
	},
	{
		.source = "RFC 2202 3, case 1",
		.alg = "null-sha1",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x48692054,
		.seq = 0x68657265,
		.icv = "b617318655057264e28bc0b6",
	},
	{
		.source = "RFC 2202 3, case 3",
		.alg = "null-sha1",
		.akey = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.spi = 0xdddddddd,
		.seq = 0xdddddddd,
		.payload = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddddddddddd",
		.cipher = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddddddddddd",
		.icv = "125d7342b9ac11cd91a39af4",
	},
	{
		.source = "RFC 2202 3, case 3, ESN",
		.alg = "null-sha1",
		.akey = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.spi = 0xdddddddd,
		.seq = 0xddddddddddddddddULL,
		.esn = true,
		.payload = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddd",
		.cipher = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddd",
		.icv = "125d7342b9ac11cd91a39af4",
	},
	{
		.source = "RFC 4868 2.7.2.1, AUTH256-1",
		.alg = "null-sha2_256",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x48692054,
		.seq = 0x68657265,
		.icv = "198a607eb44bfbc69903a0f1cf2bbdc5",
	},
	{
		.source = "RFC 4868 2.7.2.1, AUTH256-2",
		.alg = "null-sha2_256",
		.akey = "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
		.spi = 0x77686174,
		.seq = 0x20646f20,
		.payload = "79612077616e7420666f72206e6f7468696e673f",
		.cipher = "79612077616e7420666f72206e6f7468696e673f",
		.icv = "167f928588c5cc2eef8e3093caa0e87c",
	},
	{
		.source = "RFC 4868 2.7.2.1, AUTH256-2, ESN",
		.alg = "null-sha2_256",
		.akey = "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
		.spi = 0x77686174,
		.seq = 0x696e673f20646f20ULL,
		.esn = true,
		.payload = "79612077616e7420666f72206e6f7468",
		.cipher = "79612077616e7420666f72206e6f7468",
		.icv = "167f928588c5cc2eef8e3093caa0e87c",
	},
	{
		.source = "RFC 4868 2.7.2.2, AUTH384-1",
		.alg = "null-sha2_384",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
			  "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x48692054,
		.seq = 0x68657265,
		.icv = "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973",
	},
	{
		.source = "RFC 4868 2.7.2.2, AUTH384-2",
		.alg = "null-sha2_384",
		.akey = "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665"
			  "4a6566654a6566654a6566654a656665",
		.spi = 0x77686174,
		.seq = 0x20646f20,
		.payload = "79612077616e7420666f72206e6f7468696e673f",
		.cipher = "79612077616e7420666f72206e6f7468696e673f",
		.icv = "2c7353974f1842fd66d53c452ca42122b28c0b594cfb184d",
	},
	{
		.source = "RFC 4868 2.7.2.2, AUTH384-2, ESN",
		.alg = "null-sha2_384",
		.akey = "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665"
			  "4a6566654a6566654a6566654a656665",
		.spi = 0x77686174,
		.seq = 0x696e673f20646f20ULL,
		.esn = true,
		.payload = "79612077616e7420666f72206e6f7468",
		.cipher = "79612077616e7420666f72206e6f7468",
		.icv = "2c7353974f1842fd66d53c452ca42122b28c0b594cfb184d",
	},
	{
		.source = "RFC 4868 2.7.2.3, AUTH512-1",
		.alg = "null-sha2_512",
		.akey = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
			  "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.spi = 0x48692054,
		.seq = 0x68657265,
		.icv = "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8",
	},
	{
		.source = "RFC 4868 2.7.2.3, AUTH512-2",
		.alg = "null-sha2_512",
		.akey = "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665"
			  "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
		.spi = 0x77686174,
		.seq = 0x20646f20,
		.payload = "79612077616e7420666f72206e6f7468696e673f",
		.cipher = "79612077616e7420666f72206e6f7468696e673f",
		.icv = "cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454",
	},
	{
		.source = "RFC 4868 2.7.2.3, AUTH512-2, ESN",
		.alg = "null-sha2_512",
		.akey = "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665"
			  "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665",
		.spi = 0x77686174,
		.seq = 0x696e673f20646f20ULL,
		.esn = true,
		.payload = "79612077616e7420666f72206e6f7468",
		.cipher = "79612077616e7420666f72206e6f7468",
		.icv = "cb370917ae8a7ce28cfd1d8f4705d6141c173b2a9362c15df235dfb251b15454",
	},
	{
		.source = "draft-mcgrew-gcm-test-01 4, 128 bits, ESN",
		.alg = "aes_gcm128",
		.ekey = "4c80cdefbb5d10da906ac73c3613a6342e443b68",
		.spi = 0x00004321,
		.seq = 0x8765432100000000ULL,
		.esn = true,
		.iv = "4956ed7e3b244cfe",
		.payload = "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
			  "00000000045f736970045f756470037369700963796265726369747902646b00"
			  "00210001",
		.trailer = true,
		.next = 1,
		.cipher = "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
			  "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
			  "61bc17d768fd9732",
		.icv = "459018148f6cbe722fd04796562dfdb4",
	},
	{
		.source = "draft-mcgrew-gcm-test-01 4, 192 bits",
		.alg = "aes_gcm192",
		.ekey = "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
		.spi = 0x0000a5f8,
		.seq = 0xa,
		.iv = "facedbaddecaf888",
		.payload = "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e"
			  "501016d07568",
		.trailer = true,
		.next = 1,
		.cipher = "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0"
			  "315b27452144cc77",
		.icv = "95457b9652037f5318027b5b4cd7a636",
	},
	{
		.source = "draft-mcgrew-gcm-test-01 4, 256 bits",
		.alg = "aes_gcm256",
		.ekey = "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
			  "11223344",
		.spi = 0x4a2cbfe3,
		.seq = 0x2,
		.iv = "0102030405060708",
		.payload = "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
			  "7002400020bf0000020405b401010402",
		.trailer = true,
		.next = 1,
		.cipher = "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
			  "748a637985771d347f0545659f14e99def842d8e",
		.icv = "b335f4eecfdbf831824b4c4915956c96",
	},
	{
		.source = "draft-mcgrew-gcm-test-01 4, no payload",
		.alg = "aes_gcm128",
		.ekey = "7d773d00c144c525ac619d18c84a3f47d9664267",
		.spi = 0x335467ae,
		.seq = 0xffffffff,
		.iv = "43457e9182443bc6",
		.trailer = true,
		.next = 1,
		.cipher = "437f866b",
		.icv = "cb3f699fe9b0822bac961c4504bef270",
	},
	{
		.source = "draft-mcgrew-gcm-test-01 4, GMAC",
		.alg = "aes_gmac128",
		.ekey = "4c80cdefbb5d10da906ac73c3613a63422433c64",
		.spi = 0x00004321,
		.seq = 0x7,
		.iv = "0000000000000000",
		.payload = "45000030da3a00008001df3bc0a80005c0a800010800c6cd0200070061626364"
			  "65666768696a6b6c6d6e6f7071727374",
		.trailer = true,
		.next = 1,
		.cipher = "45000030da3a00008001df3bc0a80005c0a800010800c6cd0200070061626364"
			  "65666768696a6b6c6d6e6f707172737401020201",
		.icv = "f2a9a836e155106aa8dcd618e4099aaa",
	},
	{
		.source = "RFC 7634 A",
		.alg = "chacha20_poly1305",
		.ekey = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
			  "a0a1a2a3",
		.spi = 0x01020304,
		.seq = 0x5,
		.iv = "1011121314151617",
		.payload = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
			  "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			  "2425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 4,
		.cipher = "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
			  "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
			  "cbec163fac469b502773f6fb94e664da9165b82829f641e0",
		.icv = "76aaa8266b7fb0f7b11b369907e1ad43",
	},
	{
		.source = "RFC 4309, packet of RFC 7634 A, 128 bits",
		.alg = "aes_ccm128",
		.ekey = "404142434445464748494a4b4c4d4e4f505152",
		.spi = 0x01020304,
		.seq = 0x5,
		.iv = "1011121314151617",
		.payload = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
			  "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			  "2425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 4,
		.cipher = "592e2c24b07bd61dce3c139e6558a349cab5d1d024ba0b465d25e2aa67d11602"
			  "67124746344fda676b41fa5d4e366144d7e91335b8c0a9f8652ec19815b01608"
			  "8025ee6e4b2ee2841e1e0a6e3f967fbd3c7268daca6608b7",
		.icv = "ec3c821045af06981c45ff1e17503419",
	},
	{
		.source = "RFC 4309, packet of RFC 7634 A, 192 bits",
		.alg = "aes_ccm_12_192",
		.ekey = "404142434445464748494a4b4c4d4e4f5051525354555657505152",
		.spi = 0x01020304,
		.seq = 0x5,
		.iv = "1011121314151617",
		.payload = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
			  "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			  "2425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 4,
		.cipher = "43fa66fbf3aba9bd12954c666a3b1bf3d2cd0e40d1929fcebd2a647d132ef355"
			  "d653e37082f837342c15295ada38986c12469f0fbd203e28e3b0766ab207dbc8"
			  "292e8034dbeee4cd095621ebc718f5be8985830bfdfd6f72",
		.icv = "9add42ffb0ff8a4032984141",
	},
	{
		.source = "RFC 4309, packet of RFC 7634 A, 256 bits",
		.alg = "aes_ccm_8_256",
		.ekey = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
			  "505152",
		.spi = 0x01020304,
		.seq = 0x5,
		.iv = "1011121314151617",
		.payload = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
			  "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			  "2425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 4,
		.cipher = "e2889918a4ca2e70a22d6527bbefc71c8664eb396afa4b7e52de811ab32f2038"
			  "7b115da01c7d74573a3f5ed79d89454ea7314edaeb8f2047696fd965bc8f02a2"
			  "2cfe0036f131dc916417cac1a0b3efab3369cc7c68f2941f",
		.icv = "c3c5b6a003020b7c",
	},
	{
		.source = "RFC 4309, packet of RFC 7634 A, 128 bits, ESN",
		.alg = "aes_ccm_8_128",
		.ekey = "404142434445464748494a4b4c4d4e4f505152",
		.spi = 0x01020304,
		.seq = 0x900000005ULL,
		.esn = true,
		.iv = "1011121314151617",
		.payload = "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
			  "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
			  "2425262728292a2b2c2d2e2f3031323334353637",
		.trailer = true,
		.next = 4,
		.cipher = "592e2c24b07bd61dce3c139e6558a349cab5d1d024ba0b465d25e2aa67d11602"
			  "67124746344fda676b41fa5d4e366144d7e91335b8c0a9f8652ec19815b01608"
			  "8025ee6e4b2ee2841e1e0a6e3f967fbd3c7268daca6608b7",
		.icv = "2bde4e3279c4391e",
	},
};
