/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HMACs as published, and AH packets, in hexadecimal. Of the latter none were ever published: their
 * ICVs were computed with another program (HMAC of Python's library) from headers that were made ready for it by
 * hand, by RFC 4302 appendix A.
 */
struct hmac_vector {
	const char *source;
	const char *alg;
	const char *key;
	const char *text;
	const char *digest;
};

struct ah_vector {
	const char *name;
	const char *alg;
	const char *key;
	u32 spi;
	u64 seq;
	bool esn;
	unsigned int head;		/* bytes of the IP header */
	u8 next;
	const char *packet;
};

static const struct hmac_vector hmac_vectors[] = {
	{
		.source = "RFC 2202 3, case 1",
		.alg = "sha1",
		.key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.text = "4869205468657265",
		.digest = "b617318655057264e28bc0b6fb378c8ef146be00",
	},
	{
		.source = "RFC 2202 3, case 2",
		.alg = "sha1",
		.key = "4a656665",
		.text = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		.digest = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
	},
	{
		.source = "RFC 2202 3, case 3",
		.alg = "sha1",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.text = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddddddddddddddddddddddddddd",
		.digest = "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
	},
	{
		.source = "RFC 2202 3, case 4",
		.alg = "sha1",
		.key = "0102030405060708090a0b0c0d0e0f10111213141516171819",
		.text = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
			  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		.digest = "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
	},
	{
		.source = "RFC 2202 3, case 6",
		.alg = "sha1",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.text = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
			  "65204b6579202d2048617368204b6579204669727374",
		.digest = "aa4ae5e15272d00e95705637ce8a3b55ed402112",
	},
	{
		.source = "RFC 2202 3, case 7",
		.alg = "sha1",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.text = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
			  "65204b657920616e64204c6172676572205468616e204f6e6520426c6f636b2d"
			  "53697a652044617461",
		.digest = "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
	},
	{
		.source = "RFC 4231 4.2",
		.alg = "sha2_256",
		.key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.text = "4869205468657265",
		.digest = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	},
	{
		.source = "RFC 4231 4.2",
		.alg = "sha2_384",
		.key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.text = "4869205468657265",
		.digest = "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
			  "faea9ea9076ede7f4af152e8b2fa9cb6",
	},
	{
		.source = "RFC 4231 4.2",
		.alg = "sha2_512",
		.key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		.text = "4869205468657265",
		.digest = "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
			  "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
	},
	{
		.source = "RFC 4231 4.3",
		.alg = "sha2_256",
		.key = "4a656665",
		.text = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		.digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	},
	{
		.source = "RFC 4231 4.3",
		.alg = "sha2_384",
		.key = "4a656665",
		.text = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		.digest = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
			  "8e2240ca5e69e2c78b3239ecfab21649",
	},
	{
		.source = "RFC 4231 4.3",
		.alg = "sha2_512",
		.key = "4a656665",
		.text = "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		.digest = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
			  "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	},
	{
		.source = "RFC 4231 4.4",
		.alg = "sha2_256",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.text = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddddddddddddddddddddddddddd",
		.digest = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
	},
	{
		.source = "RFC 4231 4.4",
		.alg = "sha2_384",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.text = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddddddddddddddddddddddddddd",
		.digest = "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
			  "2a5ab39dc13814b94e3ab6e101a34f27",
	},
	{
		.source = "RFC 4231 4.4",
		.alg = "sha2_512",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.text = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
			  "dddddddddddddddddddddddddddddddddddd",
		.digest = "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
			  "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
	},
	{
		.source = "RFC 4231 4.5",
		.alg = "sha2_256",
		.key = "0102030405060708090a0b0c0d0e0f10111213141516171819",
		.text = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
			  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		.digest = "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
	},
	{
		.source = "RFC 4231 4.5",
		.alg = "sha2_384",
		.key = "0102030405060708090a0b0c0d0e0f10111213141516171819",
		.text = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
			  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		.digest = "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e"
			  "6801dd23c4a7d679ccf8a386c674cffb",
	},
	{
		.source = "RFC 4231 4.5",
		.alg = "sha2_512",
		.key = "0102030405060708090a0b0c0d0e0f10111213141516171819",
		.text = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
			  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		.digest = "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
			  "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
	},
	{
		.source = "RFC 4231 4.7",
		.alg = "sha2_256",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaa",
		.text = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
			  "65204b6579202d2048617368204b6579204669727374",
		.digest = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	},
	{
		.source = "RFC 4231 4.7",
		.alg = "sha2_384",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaa",
		.text = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
			  "65204b6579202d2048617368204b6579204669727374",
		.digest = "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
			  "0c2ef6ab4030fe8296248df163f44952",
	},
	{
		.source = "RFC 4231 4.7",
		.alg = "sha2_512",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaa",
		.text = "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
			  "65204b6579202d2048617368204b6579204669727374",
		.digest = "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
			  "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
	},
	{
		.source = "RFC 4231 4.8",
		.alg = "sha2_256",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaa",
		.text = "5468697320697320612074657374207573696e672061206c6172676572207468"
			  "616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
			  "68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565"
			  "647320746f20626520686173686564206265666f7265206265696e6720757365"
			  "642062792074686520484d414320616c676f726974686d2e",
		.digest = "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
	},
	{
		.source = "RFC 4231 4.8",
		.alg = "sha2_384",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaa",
		.text = "5468697320697320612074657374207573696e672061206c6172676572207468"
			  "616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
			  "68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565"
			  "647320746f20626520686173686564206265666f7265206265696e6720757365"
			  "642062792074686520484d414320616c676f726974686d2e",
		.digest = "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5"
			  "a678cc31e799176d3860e6110c46523e",
	},
	{
		.source = "RFC 4231 4.8",
		.alg = "sha2_512",
		.key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			  "aaaaaa",
		.text = "5468697320697320612074657374207573696e672061206c6172676572207468"
			  "616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074"
			  "68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565"
			  "647320746f20626520686173686564206265666f7265206265696e6720757365"
			  "642062792074686520484d414320616c676f726974686d2e",
		.digest = "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
			  "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
	},
};

static const struct ah_vector ah_vectors[] = {
	{
		.name = "IPv4",
		.alg = "sha1",
		.key = "0102030405060708090a0b0c0d0e0f1011121314",
		.spi = 0x1001,
		.seq = 0x1,
		.head = 20,
		.next = 1,
		.packet = "45b8006c123440003f33b056c0a87b03c0a87bc8010400000000100100000001"
			  "65288ff11512eb4d4375984c08000ebda70a00008e9c083db95b070008090a0b"
			  "0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
			  "2c2d2e2f3031323334353637",
	},
	{
		.name = "IPv4, options",
		.alg = "sha2_256",
		.key = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
		.spi = 0x1002,
		.seq = 0x7fffffff,
		.head = 44,
		.next = 1,
		.packet = "4b000088123440004033b5d3c0a87b030a000063940400000707040000000001"
			  "830b040a0000010a0000ff0001050000000010027fffffff1345b463cec7cf68"
			  "91f3e0d60388552108000ebda70a00008e9c083db95b070008090a0b0c0d0e0f"
			  "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
			  "3031323334353637",
	},
	{
		.name = "IPv4 in IPv4, ESN",
		.alg = "sha2_384",
		.key = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
			  "2122232425262728292a2b2c2d2e2f30",
		.spi = 0x1003,
		.seq = 0x500000000ULL,
		.esn = true,
		.head = 20,
		.next = 4,
		.packet = "4500008c123400004033efeec0a87b03c0a87bc8040700000000100300000000"
			  "6dec427387999bae314216de0d384b268a929c0f0c3789034500005412344000"
			  "400114730a0000010a01000108000ebda70a00008e9c083db95b070008090a0b"
			  "0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
			  "2c2d2e2f3031323334353637",
	},
	{
		.name = "IPv6, extension headers, ESN",
		.alg = "sha2_512",
		.key = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
			  "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40",
		.spi = 0x1004,
		.seq = 0x1ffffffffULL,
		.esn = true,
		.head = 96,
		.next = 58,
		.packet = "63a1234500a8003d20010db800000000000000000000000120010db800000000"
			  "00000000000000022b010502aabb3e04deadbeef010200003304000200000000"
			  "20010db800000000000000000000000a20010db800000000000000000000000b"
			  "3a0a000000001004ffffffff1905458ac691889ab3033a37b00f2eb1c8ecc9dc"
			  "9ca8b9bba1b3bfa441e206d40000000008000ebda70a00008e9c083db95b0700"
			  "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
			  "28292a2b2c2d2e2f3031323334353637",
	},
	{
		.name = "IPv4 in IPv6",
		.alg = "sha2_256",
		.key = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
		.spi = 0x1005,
		.seq = 0x2,
		.head = 40,
		.next = 4,
		.packet = "63a123450074333d20010db800000000000000000000000120010db800000000"
			  "0000000000000002040600000000100500000002e8dd1561eb34ee349f48145f"
			  "64c0cbef000000004500005412344000400114730a0000010a01000108000ebd"
			  "a70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b"
			  "1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
	},
};
