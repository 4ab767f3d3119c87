"""The passwords that everybody tries first: those of the public lists with eight characters or more.

In small letters, since case is what people change first. What is a run on the keyboard or a single
character repeated is found by rule and not listed.
"""

from __future__ import annotations

_LIST = """
00000000 11111111 11223344 112233445566 12341234 12344321 123123123 123123123a 1234512345
123454321 123456123 123456654321 1234567a 12345678a 123456789a 123456789q 123456abc 123456qwerty
123654789 1234qwer 123abc123 123qweasd 123qweasdzxc 12qwaszx 147258369 159357456 159753456
1a2b3c4d 1a2b3c4d5e 1g2w3e4r 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz1qaz 1qaz@wsx 1qazxsw2
1qazzaq1 20002000 22446688 31415926 741852963 789456123 87654321 88888888 963852741 987456321
a1234567 a12345678 a123456789 a1b2c3d4 a1s2d3f4 aa123456 aa12345678 aaaa1111 abc12345 abc123456
abcd1234 abcd12345 abcdef123 access14 admin123 admin1234 admin12345 adminadmin administrator
alexander alexandra algebra1 american anderson andromeda angel123 apple123 aquarius arsenal1
asasasas asd12345 asdasdasd asdf1234 asdfasdf asdfghjkl1 asdfjkl; asdqwe123 assassin august08
azerty123 azertyui azertyuiop babygirl babygirl1 backspace badboy123 bailey123 barcelona
baseball baseball1 basketball batman123 baxter123 beautiful benjamin bigdaddy billabong
birthday blackberry blahblah blink182 bonjour1 bonjour123 bordeaux brandon1 broncos1 brooklyn
bulldogs butterfly butthead camelot1 carolina caroline cardinal champion changeit changeme
changeme1 changeme123 charles1 charlie1 charlotte cheese123 chelsea1 chester1 chevelle
chicken1 chocolat chocolate christian christin christine clarence coffee123 colorado commander
computer computer1 connect1 consumer cookie123 corvette courtney cowboys1 creative cristina
crystal1 danielle darkness december default1 defender deftones demo1234 denise123 destiny1
diamond1 dolphin1 dolphins doudoune douglas1 dragon12 dragon123 drowssap einstein elephant
elizabeth emmanuel enterprise everton1 evolution explorer fabulous facebook facebook1 falcons1
familia1 fernando ferrari1 firebird firebird1 firewall florence flower123 football football1
football123 forever1 formula1 fountain franklin freedom1 friendly friends1 fuckyou1 fuckyou2
garfield gateway1 gabriel1 geheim123 george123 getmoney giovanni godzilla goldfish goodluck
google123 grandma1 guest123 guitar123 gunners1 hallo123 hannah123 happy123 hardcore harley123
hello123 hello1234 hellohello hellokitty hercules highland hollywood homer123 honey123 hotmail1
hunter123 hunting1 iceman123 idontknow iloveyou iloveyou! iloveyou1 iloveyou12 iloveyou123
iloveyou2 iloveyou3 imagine1 infinity internet internet1 ironman1 isabella jackson1 jasmine1
jennifer jennifer1 jeremiah jessica1 jesus123 johncena johnson1 jonathan jordan123 jordan23
joshua123 justin123 justinbieber katherine keepout1 killer123 kimberly kingkong kristina
lacrosse lakers24 lavender lebron23 leonardo letmein1 letmein! letmein12 letmein123 liberty1
lifehack lineage2 liverpool liverpool1 lollipop london123 loulou123 loveline lovelove loveme123
lover123 loverboy loveyou1 lucky123 m1chelle madison1 maggie123 manchester marathon marie123
marlboro marseille martin123 master123 masterkey matrix123 matthew1 maverick maxwell1 melanie1
melissa1 mercedes metallic metallica michael1 michelle michelle1 midnight mississippi mnbvcxz1
monica123 monkey12 monkey123 monster1 montreal morpheus mortgage motdepasse motdepasse1
motherfucker mountain mustang1 myspace1 mypassword mypassw0rd napoleon natalie1 nathalie
newpassword newyork1 nicholas nicole123 nightmare nintendo nirvana1 nopassword nothing1
november octavian october1 olivier1 oliver123 operator oranges1 p4ssw0rd p4ssword p@55w0rd
p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword pa$$w0rd pa$$word pa55w0rd pa55word paradise
pass1234 pass12345 passer123 passion1 passpass passport passw0rd passw0rd1 passw0rd123 password
password! password0 password01 password1 password1! password10 password11 password12 password123
password123! password1234 password12345 password2 password2020 password2021 password2022
password2023 password2024 password2025 password2026 password21 password22 password3 password4
password5 password6 password7 password69 password8 password9 password99 passwords passwort
passwort1 passwort123 patricia patrick1 pavilion peanut123 pepper123 peterpan phoenix1
picasso1 platinum playboy1 pokemon1 pokemon123 porsche1 portland portugal power123 precious
president preston1 princess princess1 princess12 princess123 private1 property puppy123
purple123 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx12 qazwsx123 qazwsxed qazwsxedc qazxsw123
qq123456 qq123456789 qwaszx12 qwe12345 qwe123456 qweasd123 qweasdzx qweasdzxc qweqweqwe
qwer1234 qwerasdf qwerqwer qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456
qwerty13 qwertyqwerty raiders1 rainbow1 rangers1 reddevil redskins remember richard1 richmond
roberto1 robinson rockstar rockyou1 rockyou123 romantic root1234 rootroot rosebud1 russell1
samantha samantha1 samsung1 samsung123 savannah scorpion scotland scooter1 sebastian secret12
secret123 secret1234 security sentinel september sergeant serenity shadow12 shadow123 shannon1
sherlock shopping simpsons simplelife skateboard skywalker slipknot snickers snowball snowboard
snowflake soccer12 soccer123 soleil123 something southern spartans spectrum spiderman spiderman1
spitfire sporting srinivas standard starlight startrek startrek1 starwars starwars1 stephanie
steelers steelers1 steven123 stonecold strawberry student1 student123 summer01 summer12
summer123 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 sunflower sunshine
sunshine1 sunshine12 sunshine123 superman superman1 superman123 superstar supersta support1
support123 swordfish sylvester system123 taylor123 teacher1 temp1234 temppass tennessee
terminal test1234 test12345 test123456 testing1 testing123 testtest testuser theking1 thomas123
thunder1 thunderbird tiffany1 tigger123 timberland tinkerbell tottenham toyota123 training
transformer trapdoor travis123 treasure trinity1 trustno1 tweety123 twilight undertaker
universe university usuckass valentin valentina valentine vanessa1 vfhbyf123 victoria victoria1
vincent1 virginia volleyball voyager1 warcraft warriors welcome1 welcome12 welcome123
welcome1234 wellington westlife whatever whatever1 williams willow123 windows1 windows10
windsurf winner123 winston1 winter123 winter2020 winter2021 winter2022 winter2023 winter2024
winter2025 wolverine wordpass wrestling xbox360x yankees1 yellow123 yesterday zaq12wsx zaq1zaq1
zaqxsw123 zeppelin zxcvbnm1 zxcvbnm123 zxczxczxc
"""

COMMON_PASSWORDS = frozenset(_LIST.split())
