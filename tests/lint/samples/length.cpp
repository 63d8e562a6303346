// as lib/rules/length.cpp
int sixty(int a,
          int b) {
  a += 0;
  a += 1;
  a += 2;
  a += 3;
  a += 4;
  a += 5;
  a += 6;
  a += 7;
  a += 8;
  a += 9;
  a += 10;
  a += 11;
  a += 12;
  a += 13;
  a += 14;
  a += 15;
  a += 16;
  a += 17;
  a += 18;
  a += 19;
  a += 20;
  a += 21;
  a += 22;
  a += 23;
  a += 24;
  a += 25;
  a += 26;
  a += 27;
  a += 28;
  a += 29;
  a += 30;
  a += 31;
  a += 32;
  a += 33;
  a += 34;
  a += 35;
  a += 36;
  a += 37;
  a += 38;
  a += 39;
  a += 40;
  a += 41;
  a += 42;
  a += 43;
  a += 44;
  a += 45;
  a += 46;
  a += 47;
  a += 48;
  a += 49;
  a += 50;
  a += 51;
  a += 52;
  a += 53;
  a += 54;
  a += 55;
  a += 56;
  return a; }

struct Long {
  int first() { return 1; }
  int tooLong() const {  // bad length
    call(0, [] { return {1}; });
    call(1, [] { return {1}; });
    call(2, [] { return {1}; });
    call(3, [] { return {1}; });
    call(4, [] { return {1}; });
    call(5, [] { return {1}; });
    call(6, [] { return {1}; });
    call(7, [] { return {1}; });
    call(8, [] { return {1}; });
    call(9, [] { return {1}; });
    call(10, [] { return {1}; });
    call(11, [] { return {1}; });
    call(12, [] { return {1}; });
    call(13, [] { return {1}; });
    call(14, [] { return {1}; });
    call(15, [] { return {1}; });
    call(16, [] { return {1}; });
    call(17, [] { return {1}; });
    call(18, [] { return {1}; });
    call(19, [] { return {1}; });
    call(20, [] { return {1}; });
    call(21, [] { return {1}; });
    call(22, [] { return {1}; });
    call(23, [] { return {1}; });
    call(24, [] { return {1}; });
    call(25, [] { return {1}; });
    call(26, [] { return {1}; });
    call(27, [] { return {1}; });
    call(28, [] { return {1}; });
    call(29, [] { return {1}; });
    call(30, [] { return {1}; });
    call(31, [] { return {1}; });
    call(32, [] { return {1}; });
    call(33, [] { return {1}; });
    call(34, [] { return {1}; });
    call(35, [] { return {1}; });
    call(36, [] { return {1}; });
    call(37, [] { return {1}; });
    call(38, [] { return {1}; });
    call(39, [] { return {1}; });
    call(40, [] { return {1}; });
    call(41, [] { return {1}; });
    call(42, [] { return {1}; });
    call(43, [] { return {1}; });
    call(44, [] { return {1}; });
    call(45, [] { return {1}; });
    call(46, [] { return {1}; });
    call(47, [] { return {1}; });
    call(48, [] { return {1}; });
    call(49, [] { return {1}; });
    call(50, [] { return {1}; });
    call(51, [] { return {1}; });
    call(52, [] { return {1}; });
    call(53, [] { return {1}; });
    call(54, [] { return {1}; });
    call(55, [] { return {1}; });
    call(56, [] { return {1}; });
    call(57, [] { return {1}; });
    call(58, [] { return {1}; });
    return 0;
  }
};
// A table is no function.
const int kTable[] = {
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    33,
    34,
    35,
    36,
    37,
    38,
    39,
    40,
    41,
    42,
    43,
    44,
    45,
    46,
    47,
    48,
    49,
    50,
    51,
    52,
    53,
    54,
    55,
    56,
    57,
    58,
    59,
    60,
};
